-- reschedule: gives leased ids a new due time, each only while the caller still holds its lease.
--
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[2..]        per id: group, lane, id, lease score, due ms (a past one keeps its place in the order; +n: in n ms)
--
-- Result: positions (from 0) of the ids that were not moved.
-- Invariant: an id that somebody else claimed meanwhile is left alone, and nobody's turn moves in front
-- of those that already wait.
local now = nowMs(ARGV[1])
local missed = {}
local touched, touch = touchedLanes()
for at = 2, #ARGV, 5 do
  local id, lease, time = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local key = due .. ARGV[at] .. '|' .. ARGV[at + 1]
  local score = redis.call('ZSCORE', key, id)
  if score and tonumber(score) == tonumber(lease) then
    if string.sub(time, 1, 1) == '+' then time = math.ceil(now + time) end
    redis.call('ZADD', key, 'XX', time, id)
    touch(ARGV[at], ARGV[at + 1])
  else
    missed[#missed + 1] = (at - 2) / 5
  end
end
for _, it in ipairs(touched) do
  comeSooner(it[1], it[2], now)
  comeLater(it[1], it[2])
end
return missed
