-- Sums up all queues.
local m = call('HMGET', META, 'entries', 'dead')
return {
  call('HLEN', ACTIVATIONS), tonumber(m[1] or 0), tonumber(m[2] or 0), call('SCARD', RETRYING),
  call('ZRANGE', HEADS, 0, 0, 'WITHSCORES')[2] or '',
}
