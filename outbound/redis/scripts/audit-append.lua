-- Adds records to a writer's chain: random, how long replicas may take in
-- milliseconds, writer, number and hash of the record before them; number, hash
-- and time of the last of them; then of each its number, place, tenant, and all
-- of it.
local random, wait, writer = take(), tonumber(take()), take()
local number, hash, last, last_hash, last_at = take(), take(), take(), take(), take()
local chain = CHAIN .. writer
local head = call('HMGET', chain, 'head', 'headHash', 'pending')
if (head[1] or '0') == number and (head[2] or '') == hash then
  for i = cursor + 1, #ARGV, 4 do
    call('HSET', RECORDS .. writer, ARGV[i], ARGV[i + 3])
    call('ZADD', LOG, 0, ARGV[i + 1])
    call('ZADD', LOG_OF .. ARGV[i + 2], 0, ARGV[i + 1])
  end
  call('HSET', chain, 'head', last, 'headHash', last_hash, 'lastAt', last_at)
  call('SADD', WRITERS, writer)
elseif not head[3] or head[1] ~= last or head[2] ~= last_hash then
  return redis.error_reply('STALE the chain of ' .. writer .. ' has another head')
end
if wait > 0 then
  call('HSET', chain, 'pending', random)
else
  call('HDEL', chain, 'pending')
end
return 1
