-- measure: counts the ids of a shard and finds the earliest one, for metrics.
--
-- KEYS[1] ring     zset of groups that have ids
-- KEYS[2] due      prefix of one zset per group (same hash tag)
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
--
-- Result: { ids, earliest score or '', ms by which the earliest id is overdue or 0 }.
-- Invariant: reads only. Costs two reads per group that has ids, whatever the number of ids.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000 + ARGV[1]
local size, earliest = 0, math.huge
for _, group in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  size = size + redis.call('ZCARD', KEYS[2] .. group)
  local first = redis.call('ZRANGE', KEYS[2] .. group, 0, 0, 'WITHSCORES')[2]
  earliest = math.min(earliest, first or math.huge)
end
if earliest == math.huge then return { 0, '', 0 } end
return { size, string.format('%.1f', earliest), math.max(0, math.floor(now - earliest)) }
