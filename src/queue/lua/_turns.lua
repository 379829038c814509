-- turns: who is served next. Stands before every other script, which sees its locals.
--
-- KEYS[1] ring     zset of groups that have ids; score = ms at which the group's next turn begins
-- KEYS[2] lanes    prefix of one zset per group: its lanes that have ids; score = ms of the lane's next turn
-- KEYS[3] due      prefix of one zset per group and lane; score = due ms, or lease end (.5)
--
-- Groups take turns, and inside a group its lanes do. Invariant: no turn is later than the earliest id
-- behind it, unless it was served since: then it begins at that time, behind all that wait.
local ring, lanes, due = KEYS[1], KEYS[2], KEYS[3]

local function nowMs(offset)
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000 + offset
end

-- The earliest score of a zset; nil when it is empty.
local function first(key)
  return redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
end

-- Turns of a lane and its group, after ids were added or moved to an earlier time.
local function comeSooner(group, lane, now)
  local id = first(due .. group .. '|' .. lane)
  redis.call('ZADD', lanes .. group, 'LT', math.max(id, now), lane)
  redis.call('ZADD', ring, 'LT', math.max(first(lanes .. group), now), group)
end

-- Turns of a lane and its group, after ids were removed or moved to a later time.
local function comeLater(group, lane)
  local id = first(due .. group .. '|' .. lane)
  if id then redis.call('ZADD', lanes .. group, 'XX', 'GT', id, lane)
  else redis.call('ZREM', lanes .. group, lane) end
  local turn = first(lanes .. group)
  if turn then redis.call('ZADD', ring, 'XX', 'GT', turn, group)
  else redis.call('ZREM', ring, group) end
end

-- Lanes by name, each once, in the order they were met.
local function touchedLanes()
  local seen, list = {}, {}
  return list, function(group, lane)
    local key = group .. '|' .. lane
    if not seen[key] then seen[key], list[#list + 1] = true, { group, lane } end
    return due .. key
  end
end
