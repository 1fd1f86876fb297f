-- Ends a chain's waiting for replicas: writer, the random of its writing.
if call('HGET', CHAIN .. ARGV[1], 'pending') == ARGV[2] then call('HDEL', CHAIN .. ARGV[1], 'pending') end
