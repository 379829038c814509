-- reschedule: gives leased ids a new due time, each only while the caller still holds its lease.
--
-- KEYS[1] ring     zset of groups that have ids; score = ms at which the group's next turn begins
-- KEYS[2] due      prefix of one zset per group (same hash tag)
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[2..]        per id: group, id, lease score, due ms (a past one means now; +n: in n ms)
--
-- Result: positions (from 0) of the ids that were not moved.
-- Invariant: an id that somebody else claimed meanwhile is left alone; the group's turn is never
-- later than its earliest id, and never in front of groups that already wait.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000 + ARGV[1]
local missed, touched = {}, {}
for at = 2, #ARGV, 4 do
  local group, id, lease, due = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local score = redis.call('ZSCORE', KEYS[2] .. group, id)
  if score and tonumber(score) == tonumber(lease) then
    if string.sub(due, 1, 1) == '+' then due = math.ceil(now + due) end
    redis.call('ZADD', KEYS[2] .. group, 'XX', math.max(due, math.floor(now)), id)
    touched[group] = true
  else
    missed[#missed + 1] = (at - 2) / 4
  end
end
for group in pairs(touched) do
  local first = redis.call('ZRANGE', KEYS[2] .. group, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', KEYS[1], 'LT', math.max(first, now), group)
  redis.call('ZADD', KEYS[1], 'XX', 'GT', first, group)
end
return missed
