-- remove: takes ids out for good, each only while the caller still holds its lease.
--
-- ARGV             per id: group, lane, id, lease score ('' removes it whatever its score is)
--
-- Result: positions (from 0) of the ids that were not removed.
-- Invariant: an id that somebody else claimed meanwhile is left alone.
local missed = {}
local touched, touch = touchedLanes()
for at = 1, #ARGV, 4 do
  local id, lease, key = ARGV[at + 2], ARGV[at + 3], touch(ARGV[at], ARGV[at + 1])
  local score = redis.call('ZSCORE', key, id)
  if score and (lease == '' or tonumber(score) == tonumber(lease)) then
    redis.call('ZREM', key, id)
  else
    missed[#missed + 1] = (at - 1) / 4
  end
end
for _, it in ipairs(touched) do comeLater(it[1], it[2]) end
return missed
