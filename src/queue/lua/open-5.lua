-- open: opens a shard for claims at the end of its rebuild.
--
-- KEYS[4] epoch    present while the shard is open for claims
-- KEYS[5] rebuild  token of the rebuild under way
-- ARGV[1] token    of the rebuild that is at its end
--
-- Result: 1, or 0 when the shard was wiped meanwhile, or is somebody else's to rebuild.
-- Invariant: the token was there before the first id, so where it is gone ids may be gone with it.
if redis.call('GET', KEYS[5]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[4], 1)
redis.call('DEL', KEYS[5])
return 1
