-- remove: takes ids out for good, each only while the caller still holds its lease.
--
-- KEYS[1] ring     zset of groups that have ids; score = ms at which the group's next turn begins
-- KEYS[2] due      prefix of one zset per group (same hash tag)
-- ARGV             per id: group, id, lease score ('' removes it whatever its score is)
--
-- Result: positions (from 0) of the ids that were not removed.
-- Invariant: an id that somebody else claimed meanwhile is left alone; an emptied group leaves the
-- ring, any other group's turn moves up to its earliest id and never before it.
local missed, touched = {}, {}
for at = 1, #ARGV, 3 do
  local group, id, lease = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local score = redis.call('ZSCORE', KEYS[2] .. group, id)
  if score and (lease == '' or tonumber(score) == tonumber(lease)) then
    redis.call('ZREM', KEYS[2] .. group, id)
    touched[group] = true
  else
    missed[#missed + 1] = (at - 1) / 3
  end
end
for group in pairs(touched) do
  local first = redis.call('ZRANGE', KEYS[2] .. group, 0, 0, 'WITHSCORES')[2]
  if first then redis.call('ZADD', KEYS[1], 'XX', 'GT', first, group)
  else redis.call('ZREM', KEYS[1], group) end
end
return missed
