-- Reserves an idempotency key: key, fingerprint, milliseconds, random.
local key = P .. 'idempotency:' .. ARGV[1]
local kept = call('HMGET', key, 'fingerprint', 'status', 'header', 'body')
if kept[1] then
  if kept[1] ~= ARGV[2] then return {'mismatch'} end
  if not kept[2] then return {'busy'} end
  return {'answer', kept[2], kept[3], kept[4]}
end
local reservation = token(ARGV[4])
call('HSET', key, 'fingerprint', ARGV[2], 'reservation', reservation)
call('PEXPIRE', key, ARGV[3])
return {'reserved', reservation}
