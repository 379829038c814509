-- schedule: adds ids with their due times; an id that is already there keeps its score.
--
-- KEYS[4] epoch    present while the shard is open for claims
-- KEYS[5] rebuild  token of the rebuild under way; gone with everything else when the shard is wiped
-- ARGV[1] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[2] into     '': whatever the shard is; 'open': only an open one; else the token of a rebuild
-- ARGV[3..]        per lane: group, lane, number of ids n, then n times: due ms, id
--
-- Result: ms until the first of them is due, 0 when it is; -1 when nothing was added because the shard is not the
-- one that was meant.
-- Invariant: who is in the ring never moves back, and a new turn never begins in the past, so
-- overdue ids cannot push their group in front of groups that already wait.
local into = ARGV[2]
if into == 'open' and redis.call('EXISTS', KEYS[4]) == 0 then return -1 end
if into ~= '' and into ~= 'open' and redis.call('GET', KEYS[5]) ~= into then return -1 end
local now = nowMs(ARGV[1])
local at, soonest = 3, math.huge
while at < #ARGV do
  local group, lane, last = ARGV[at], ARGV[at + 1], at + 2 + 2 * ARGV[at + 2]
  redis.call('ZADD', due .. group .. '|' .. lane, 'NX', unpack(ARGV, at + 3, last))
  for i = at + 3, last, 2 do soonest = math.min(soonest, tonumber(ARGV[i])) end
  comeSooner(group, lane, now)
  at = last + 1
end
return math.ceil(math.max(0, soonest - now))
