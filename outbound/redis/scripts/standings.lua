-- Tells how queues stand: subscriptions. false for one that is not in force.
local all = {}
for i = 1, #ARGV do
  local subscription = ARGV[i]
  local activation = call('HGET', ACTIVATIONS, subscription)
  if activation then
    local d = call('HMGET', P .. 'delivery:' .. subscription, 'attempts', 'next', 'success', 'error', 'failure')
    all[i] = {
      string.sub(activation, 1, 1), call('LLEN', P .. 'queue:' .. subscription),
      call('ZCARD', P .. 'dead:' .. subscription), call('LINDEX', P .. 'queue:' .. subscription, 0),
      d[1], d[2], d[3], d[4], d[5],
    }
  else
    all[i] = false
  end
end
return all
