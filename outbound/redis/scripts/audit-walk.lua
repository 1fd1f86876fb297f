-- Returns records of a writer in order: writer, the number behind which they are,
-- and how many. Those that are not there are left out.
local writer, after, most = take(), tonumber(take()), tonumber(take())
local c = call('HMGET', CHAIN .. writer, 'anchor', 'head')
local head = tonumber(c[2] or 0)
after = math.max(after, tonumber(c[1] or 0))
local to = math.min(after + most, head)
local numbers, found = {}, {}
for n = after + 1, to do numbers[#numbers + 1] = digits(n) end
if #numbers > 0 then
  for i, record in ipairs(call('HMGET', RECORDS .. writer, unpack(numbers))) do
    if record then
      found[#found + 1] = numbers[i]
      found[#found + 1] = record
    end
  end
end
return {digits(to), to < head and 1 or 0, found}
