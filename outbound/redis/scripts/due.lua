-- Returns what is due, with the times: milliseconds, limit, partitions.
local now, limit = take(), take()
local found = {}
for i = cursor + 1, #ARGV do
  local ready = P .. 'ready:' .. ARGV[i]
  for _, range in ipairs({{'-inf', '(0'}, {'0', now}}) do
    for _, v in ipairs(call('ZRANGEBYSCORE', ready, range[1], range[2], 'WITHSCORES', 'LIMIT', 0, limit)) do
      found[#found + 1] = v
    end
  end
end
return found
