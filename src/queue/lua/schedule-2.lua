-- schedule: adds ids with their due times; an id that is already there keeps its score.
--
-- KEYS[1] ring     zset of groups that have ids; score = ms at which the group's next turn begins
-- KEYS[2] due      prefix of one zset per group (same hash tag)
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[2..]        per group: name, number of ids n, then n times: due ms, id
--
-- Result: nothing.
-- Invariant: a group in the ring never moves back, and a new turn never begins in the past, so
-- overdue ids cannot push their group in front of groups that already wait.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000 + ARGV[1]
local at = 2
while at < #ARGV do
  local group, last = ARGV[at], at + 1 + 2 * ARGV[at + 1]
  local key = KEYS[2] .. group
  redis.call('ZADD', key, 'NX', unpack(ARGV, at + 2, last))
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', KEYS[1], 'LT', math.max(first, now), group)
  at = last + 1
end
