-- extend: renews leases, each only while the caller still holds it.
--
-- KEYS[1] ring     zset of groups that have ids; score = ms at which the group's next turn begins
-- KEYS[2] due      prefix of one zset per group (same hash tag)
-- ARGV[1] lease    ms from now until the ids are due again
-- ARGV[2] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[3..]        per id: group, id, lease score
--
-- Result: { new lease score, positions (from 0) of the ids whose lease was lost }.
-- Invariant: an id that somebody else claimed meanwhile is left alone; the group's turn moves up to
-- its earliest id and never before it.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000 + ARGV[2]
local renewed = math.floor(now) + ARGV[1] + 0.5
local missed, touched = {}, {}
for at = 3, #ARGV, 3 do
  local group, id, lease = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local score = redis.call('ZSCORE', KEYS[2] .. group, id)
  if score and tonumber(score) == tonumber(lease) then
    redis.call('ZADD', KEYS[2] .. group, 'XX', renewed, id)
    touched[group] = true
  else
    missed[#missed + 1] = (at - 3) / 3
  end
end
for group in pairs(touched) do
  local first = redis.call('ZRANGE', KEYS[2] .. group, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', KEYS[1], 'XX', 'GT', first, group)
end
return { string.format('%.1f', renewed), missed }
