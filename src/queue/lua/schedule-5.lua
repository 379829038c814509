-- schedule: adds ids with their due times; an id that is already there keeps its score.
--
-- KEYS[4] epoch    present while the shard is open for claims
-- KEYS[5] rebuild  token of the rebuild under way; gone with everything else when the shard is wiped
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[2] into     '': whatever the shard is; 'open': only an open one; else the token of a rebuild
-- ARGV[3..]        per lane: group, lane, number of ids n, then n times: due ms, id
--
-- Result: 1, or 0 when nothing was added because the shard is not the one that was meant.
-- Invariant: who is in the ring never moves back, and a new turn never begins in the past, so
-- overdue ids cannot push their group in front of groups that already wait.
local into = ARGV[2]
if into == 'open' and redis.call('EXISTS', KEYS[4]) == 0 then return 0 end
if into ~= '' and into ~= 'open' and redis.call('GET', KEYS[5]) ~= into then return 0 end
local now = nowMs(ARGV[1])
local at = 3
while at < #ARGV do
  local group, lane, last = ARGV[at], ARGV[at + 1], at + 2 + 2 * ARGV[at + 2]
  redis.call('ZADD', due .. group .. '|' .. lane, 'NX', unpack(ARGV, at + 3, last))
  comeSooner(group, lane, now)
  at = last + 1
end
return 1
