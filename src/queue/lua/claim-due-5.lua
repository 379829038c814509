-- claim-due: leases ids that are due to the caller, a fair share from every group in turn.
--
-- KEYS[4] tat      prefix of one string per lane with a rate: when its next id would conform (GCRA)
-- KEYS[5] epoch    present while the shard is complete; gone after a loss of data
-- ARGV[1] want     ids at most; 0 only asks when the next one is due
-- ARGV[2] lease    ms until a claimed id is due again
-- ARGV[3] offset   ms added to Redis' clock (tests move time with it)
-- ARGV[4] quantum  ids at most per group and turn
-- ARGV[5] limit    ids at most per group in this call
-- ARGV[6] perLane  ids at most per lane that is not named below
-- ARGV[7] burst    ms by which a lane with a rate may be ahead of it
-- ARGV[8] until    ms of Redis' own clock after which nobody waits for the answer any more; '' for ever
-- ARGV[9] n        groups to pass over, then these
-- ARGV[10 + n..]   per named lane: group, lane, room (ids at most), ms between two ids or ''
--
-- Result: false if the epoch is missing, else { ms until the next id may be claimed (-1: never),
-- lease score, { group, lane, { id, score it had, ... }, group, ... } }.
-- Invariant: a served group moves behind every group that waits, and a served lane behind its
-- siblings, so nobody has a second turn in a later call before each one that waits had one. A short
-- result means that nothing else may be claimed now within the limits.
if redis.call('EXISTS', KEYS[5]) == 0 then return false end
local now = nowMs(ARGV[3])
local lease = math.floor(now) + ARGV[2] + 0.5
-- A claim that waited in a Redis that stood still would lease ids to nobody: it says that ids may be due.
if ARGV[8] ~= '' and now - ARGV[3] > tonumber(ARGV[8]) then return { 0, string.format('%.1f', lease), {} } end
local left, quantum, perLane, burst = tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[6]), ARGV[7]
local paused, skipped = {}, tonumber(ARGV[9])
for at = 10, 9 + skipped do paused[ARGV[at]] = true end

-- Named lanes: what each may give, how many of a group's may be in the way of others.
local room, closed, every, conforms, inWay, named = {}, {}, {}, {}, {}, 0
for at = 10 + skipped, #ARGV, 4 do
  local group, key = ARGV[at], ARGV[at] .. '|' .. ARGV[at + 1]
  room[key] = tonumber(ARGV[at + 2])
  closed[key] = room[key] <= 0
  inWay[group], named = (inWay[group] or 0) + 1, named + 1
  if ARGV[at + 3] ~= '' then
    every[key] = tonumber(ARGV[at + 3])
    conforms[key] = math.max(redis.call('GET', KEYS[4] .. key) or 0, now)
    local conforming = math.floor((now + burst - conforms[key]) / every[key]) + 1
    room[key] = math.min(room[key], math.max(0, conforming))
  end
end

local taken, lanesServed, served = {}, {}, {}

-- Takes up to `most` ids from one lane; answers how many it gave.
local function take(group, lane, most)
  local key = group .. '|' .. lane
  most = math.min(most, room[key] or perLane)
  if most <= 0 then return 0 end
  local ids = redis.call('ZRANGEBYSCORE', due .. key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
  local moves = {}
  for i = 1, #ids, 2 do moves[i], moves[i + 1] = lease, ids[i] end
  lanesServed[key] = { group, lane }
  if #moves == 0 then return 0 end
  redis.call('ZADD', due .. key, 'XX', unpack(moves))
  taken[#taken + 1], taken[#taken + 2], taken[#taken + 3] = group, lane, ids
  local count = #ids / 2
  room[key] = (room[key] or perLane) - count
  if every[key] then conforms[key] = conforms[key] + count * every[key] end
  return count
end

-- One turn of a group: its waiting lanes share `most`, and what one leaves goes to the others.
local function serve(group, most)
  local waiting = redis.call('ZRANGEBYSCORE', lanes .. group, '-inf', now,
    'LIMIT', 0, most + (inWay[group] or 0))
  local given = 0
  served[group] = true
  while given < most and #waiting > 0 do
    local more = {}
    for at, lane in ipairs(waiting) do
      local share = math.ceil((most - given) / (#waiting - at + 1))
      local count = take(group, lane, share)
      given = given + count
      if count == share and count > 0 then more[#more + 1] = lane end
      if given >= most then break end
    end
    waiting = more
  end
  return given
end

local turn, groupRoom = {}, {}
local ready = redis.call('ZRANGEBYSCORE', ring, '-inf', now, 'LIMIT', 0, left + skipped + named)
for _, group in ipairs(ready) do
  if not paused[group] then turn[#turn + 1] = group end
end
while left > 0 and #turn > 0 do
  local again = {}
  -- A claim of few ids is of many groups: else one of them takes it all, and whoever has just come waits for as
  -- many claims as there are groups before it.
  local share = math.min(quantum, math.ceil(left / #turn))
  for _, group in ipairs(turn) do
    if left == 0 then break end
    local most = math.min(share, left, groupRoom[group] or ARGV[5])
    local given = serve(group, most)
    left = left - given
    groupRoom[group] = (groupRoom[group] or ARGV[5]) - given
    if given == most and groupRoom[group] > 0 then again[#again + 1] = group end
  end
  turn = again
end

for key, it in pairs(lanesServed) do
  local id = first(due .. key)
  if id then redis.call('ZADD', lanes .. it[1], math.max(id, now), it[2])
  else redis.call('ZREM', lanes .. it[1], it[2]) end
end
for group in pairs(served) do
  local next = first(lanes .. group)
  if next then redis.call('ZADD', ring, math.max(next, now), group)
  else redis.call('ZREM', ring, group) end
end
for key, tat in pairs(conforms) do
  local keep = math.ceil(math.max(0, tat - now) + burst) + 1000
  if tat > now then redis.call('SET', KEYS[4] .. key, string.format('%.3f', tat), 'PX', keep) end
end

-- The next id that may be claimed: behind those that are passed over, and lanes that have given all.
local soonest = math.huge
local head = redis.call('ZRANGE', ring, 0, skipped + named + #taken / 3, 'WITHSCORES')
for at = 1, #head, 2 do
  local group = head[at]
  if head[at + 1] - now >= soonest then break end
  if not paused[group] then
    local waiting = redis.call('ZRANGE', lanes .. group, 0, (inWay[group] or 0) + #taken / 3, 'WITHSCORES')
    for i = 1, #waiting, 2 do
      local key = group .. '|' .. waiting[i]
      local wait = waiting[i + 1] - now
      if every[key] then wait = math.max(wait, conforms[key] - burst - now) end
      if not closed[key] and ((room[key] or perLane) > 0 or (every[key] and wait > 0)) then
        soonest = math.min(soonest, math.max(0, wait))
      end
    end
  end
end
if soonest == math.huge then soonest = -1 end
return { math.ceil(soonest), string.format('%.1f', lease), taken }
