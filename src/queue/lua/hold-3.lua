-- hold: leases ids that the caller has in hand, each unless somebody else leased it.
--
-- ARGV[1] lease    ms from now until the ids are due again
-- ARGV[2] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[3..]        per id: group, lane, id, the lease score that the caller knows of
--
-- Result: { new lease score, positions (from 0) of the ids that somebody else leased }.
-- Invariant: only who holds a lease moves it before it ends. So a lease that was given before the known
-- one ended is the caller's own, renewed by a call whose answer was lost. What Redis lost, or has as due
-- (put back after a loss), nobody holds.
local now = nowMs(ARGV[2])
local renewed = math.floor(now) + ARGV[1] + 0.5
local missed = {}
local touched, touch = touchedLanes()
for at = 3, #ARGV, 4 do
  local id, lease = ARGV[at + 2], tonumber(ARGV[at + 3])
  local key = due .. ARGV[at] .. '|' .. ARGV[at + 1]
  local score = tonumber(redis.call('ZSCORE', key, id) or 0)
  local isOwn = score >= lease and score < lease + ARGV[1]
  if score % 1 == 0 or isOwn then
    redis.call('ZADD', key, renewed, id)
    touch(ARGV[at], ARGV[at + 1])
  else
    missed[#missed + 1] = (at - 3) / 4
  end
end
for _, it in ipairs(touched) do
  comeSooner(it[1], it[2], now)
  comeLater(it[1], it[2])
end
return { string.format('%.1f', renewed), missed }
