-- schedule: adds ids with their due times; an id that is already there keeps its score.
--
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[2..]        per lane: group, lane, number of ids n, then n times: due ms, id
--
-- Result: nothing.
-- Invariant: who is in the ring never moves back, and a new turn never begins in the past, so
-- overdue ids cannot push their group in front of groups that already wait.
local now = nowMs(ARGV[1])
local at = 2
while at < #ARGV do
  local group, lane, last = ARGV[at], ARGV[at + 1], at + 2 + 2 * ARGV[at + 2]
  redis.call('ZADD', due .. group .. '|' .. lane, 'NX', unpack(ARGV, at + 3, last))
  comeSooner(group, lane, now)
  at = last + 1
end
