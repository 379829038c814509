-- measure: counts the ids of a shard and finds the earliest one, for metrics.
--
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[2] of       'due': only lanes that have ids that are due; 'all'
-- ARGV[3] n        groups that are left out of all but the first result, then these
-- ARGV[4 + n..]    the same for single lanes: group, lane
--
-- Result: { ids, earliest score or '', ms by which the earliest id is overdue or 0, ids that are due }.
-- Invariant: reads only. Costs three reads per lane that is meant, whatever the number of ids.
local now = nowMs(ARGV[1])
local except = {}
local most = ARGV[2] == 'due' and now or '+inf'
local groups = 3 + ARGV[3]
for at = 4, groups do except[ARGV[at]] = true end
for at = groups + 1, #ARGV, 2 do except[ARGV[at] .. '|' .. ARGV[at + 1]] = true end
local size, ready, earliest = 0, 0, math.huge
for _, group in ipairs(redis.call('ZRANGEBYSCORE', ring, '-inf', most)) do
  for _, lane in ipairs(redis.call('ZRANGEBYSCORE', lanes .. group, '-inf', most)) do
    local key = group .. '|' .. lane
    size = size + redis.call('ZCARD', due .. key)
    if not except[group] and not except[key] then
      ready = ready + redis.call('ZCOUNT', due .. key, '-inf', now)
      earliest = math.min(earliest, first(due .. key) or math.huge)
    end
  end
end
if earliest == math.huge then return { size, '', 0, ready } end
return { size, string.format('%.1f', earliest), math.max(0, math.floor(now - earliest)), ready }
