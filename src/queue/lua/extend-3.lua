-- extend: renews leases, each only while the caller still holds it.
--
-- ARGV[1] lease    ms from now until the ids are due again
-- ARGV[2] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[3..]        per id: group, lane, id, lease score
--
-- Result: { new lease score, positions (from 0) of the ids whose lease was lost }.
-- Invariant: an id that somebody else claimed meanwhile is left alone.
local renewed = math.floor(nowMs(ARGV[2])) + ARGV[1] + 0.5
local missed = {}
local touched, touch = touchedLanes()
for at = 3, #ARGV, 4 do
  local id, lease = ARGV[at + 2], ARGV[at + 3]
  local key = due .. ARGV[at] .. '|' .. ARGV[at + 1]
  local score = redis.call('ZSCORE', key, id)
  if score and tonumber(score) == tonumber(lease) then
    redis.call('ZADD', key, 'XX', renewed, id)
    touch(ARGV[at], ARGV[at + 1])
  else
    missed[#missed + 1] = (at - 3) / 4
  end
end
for _, it in ipairs(touched) do comeLater(it[1], it[2]) end
return { string.format('%.1f', renewed), missed }
