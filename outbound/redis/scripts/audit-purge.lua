-- Removes the first records of a chain: writer, the number up to which, the time
-- before which they are, in milliseconds, and how many at most. Returns how many.
-- A record that is not there ends it: what is missing is to be found.
local writer, up_to, before, most = take(), tonumber(take()), tonumber(take()), tonumber(take())
local c = call('HMGET', CHAIN .. writer, 'anchor', 'head')
local anchor, hash, removed = tonumber(c[1] or 0), nil, 0
up_to = math.min(up_to, tonumber(c[2] or 0))
while anchor < up_to and removed < most do
  local field = digits(anchor + 1)
  local record = call('HGET', RECORDS .. writer, field)
  if not record then break end
  -- audit.go has the rest of how a record is packed.
  local at, tenant, _, own = struct.unpack('>i8I2c0I2c0I2c0', record)
  if at >= before then break end
  local place = string.format('%016.0f', at + 1e15) .. '\0' .. writer .. '\0' .. string.format('%016.0f', anchor + 1)
  call('HDEL', RECORDS .. writer, field)
  call('ZREM', LOG, place)
  call('ZREM', LOG_OF .. tenant, place)
  anchor, hash, removed = anchor + 1, own, removed + 1
end
if removed > 0 then call('HSET', CHAIN .. writer, 'anchor', digits(anchor), 'anchorHash', hash) end
return removed
