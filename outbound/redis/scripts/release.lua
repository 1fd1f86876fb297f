-- Gives a partition back: member, partition, fence.
if call('HGET', P .. 'partitions', ARGV[2]) == ARGV[3] and call('HGET', P .. 'partitions:members', ARGV[2]) == ARGV[1] then
  call('HDEL', P .. 'partitions', ARGV[2])
  call('HDEL', P .. 'partitions:members', ARGV[2])
end
