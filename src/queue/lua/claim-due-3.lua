-- claim-due: leases ids that are due to the caller, a fair share from every group in turn.
--
-- KEYS[1] epoch    present while the shard is complete; gone after a loss of data
-- KEYS[2] ring     zset of groups that have ids; score = ms at which the group's next turn begins
-- KEYS[3] due      prefix of one zset per group (same hash tag); score = due ms, or lease end (.5)
-- ARGV[1] want     ids at most; 0 only asks when the next one is due
-- ARGV[2] lease    ms until a claimed id is due again
-- ARGV[3] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[4] quantum  ids at most per group and turn
-- ARGV[5] limit    ids at most per group in this call
-- ARGV[6..]        groups to pass over
--
-- Result: false if the epoch is missing, else { ms until the next id is due (-1: never),
-- lease score, { group, { id, score it had, ... }, group, ... } }.
-- Invariant: a served group moves behind every group that waits, so nobody has a second turn in a
-- later call before each waiting group had one. A short result means that nothing else is due
-- from groups below the limit.
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000 + ARGV[3]
local lease = math.floor(now) + ARGV[2] + 0.5
local left, paused, skipped = tonumber(ARGV[1]), {}, #ARGV - 5
for i = 6, #ARGV do paused[ARGV[i]] = true end

local turn, served, taken, room = {}, {}, {}, {}
local ready = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, left + skipped)
for _, group in ipairs(ready) do
  if not paused[group] then turn[#turn + 1] = group end
end
while left > 0 and #turn > 0 do
  local again = {}
  for _, group in ipairs(turn) do
    local key = KEYS[3] .. group
    local most = math.min(ARGV[4], left, room[group] or ARGV[5])
    if left == 0 then break end
    local ids = redis.call('ZRANGEBYSCORE', key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
    local moves = {}
    for i = 1, #ids, 2 do moves[i], moves[i + 1] = lease, ids[i] end
    if #moves > 0 then redis.call('ZADD', key, 'XX', unpack(moves)) end
    served[group], taken[#taken + 1], taken[#taken + 2] = true, group, ids
    left = left - #ids / 2
    room[group] = (room[group] or ARGV[5]) - #ids / 2
    if #ids == 2 * most and room[group] > 0 then again[#again + 1] = group end
  end
  turn = again
end

for group in pairs(served) do
  local first = redis.call('ZRANGE', KEYS[3] .. group, 0, 0, 'WITHSCORES')[2]
  if first then redis.call('ZADD', KEYS[2], math.max(first, now), group)
  else redis.call('ZREM', KEYS[2], group) end
end
local next, head = -1, redis.call('ZRANGE', KEYS[2], 0, skipped, 'WITHSCORES')
for i = #head, 2, -2 do
  if not paused[head[i - 1]] then next = math.max(0, math.ceil(head[i] - now)) end
end
return { next, string.format('%.1f', lease), taken }
