-- A day of a small weather service: readings are made, written as JSON, parsed again, indexed, summed up, and old ones forgotten.
-- Tables and strings of many sizes and lifetimes; nothing random, so every run asks for the same memory.

local seed = 20240229
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % n
end

local escapes = {['"'] = '\\"', ['\\'] = '\\\\', ['\n'] = '\\n', ['\t'] = '\\t'}

local function serialise(value, out)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = '"' .. value:gsub('["\\\n\t]', escapes) .. '"'
  elseif kind == "table" and (value[1] ~= nil or next(value) == nil) then
    out[#out + 1] = "["
    for i, item in ipairs(value) do
      if i > 1 then out[#out + 1] = "," end
      serialise(item, out)
    end
    out[#out + 1] = "]"
  elseif kind == "table" then
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    out[#out + 1] = "{"
    for i, key in ipairs(keys) do
      out[#out + 1] = (i > 1 and "," or "") .. '"' .. key .. '":'
      serialise(value[key], out)
    end
    out[#out + 1] = "}"
  else
    out[#out + 1] = tostring(value)
  end
  return out
end

local function to_json(value) return table.concat(serialise(value, {})) end

local parse_value

local function skip(text, at) return text:match("^[ \n\t\r]*()", at) end

local function parse_string(text, at)
  local close = at + 1
  while text:sub(close, close) ~= '"' do
    close = close + (text:sub(close, close) == "\\" and 2 or 1)
  end
  local plain = text:sub(at + 1, close - 1)
  return plain:gsub("\\(.)", {n = "\n", t = "\t", ['"'] = '"', ["\\"] = "\\"}), close + 1
end

local function parse_list(text, at)
  local list = {}
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "]" do
    list[#list + 1], at = parse_value(text, at)
    at = skip(text, text:match("^,?()", skip(text, at)))
  end
  return list, at + 1
end

local function parse_object(text, at)
  local object, key = {}, nil
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "}" do
    key, at = parse_string(text, at)
    at = skip(text, text:match("^:()", skip(text, at)))
    object[key], at = parse_value(text, at)
    at = skip(text, text:match("^,?()", skip(text, at)))
  end
  return object, at + 1
end

function parse_value(text, at)
  local first = text:sub(at, at)
  if first == "{" then return parse_object(text, at) end
  if first == "[" then return parse_list(text, at) end
  if first == '"' then return parse_string(text, at) end
  local number, behind = text:match("^(-?[0-9.eE+-]+)()", at)
  return tonumber(number), behind
end

local places = {"harbour", "airfield", "old mill", "north ridge", "reservoir", "market square", "lighthouse", "quarry"}
local remarks = {"clear", "fog until ten", "gusts from the \"north west\"", "rain\nand sleet", "sensor cleaned", "", "battery low"}

local function reading(hour, n)
  local samples = {}
  for i = 1, 3 + random(6) do samples[i] = random(4000) / 100 - 10 end
  return {place = places[n % #places + 1], hour = hour, samples = samples, remark = remarks[random(#remarks) + 1],
          id = string.format("%02d-%04d", hour, n)}
end

local archive, index, report = {}, {}, {}
for hour = 0, 23 do
  local batch = {}
  for n = 1, 20 + random(12) do batch[n] = reading(hour, n) end
  local text = to_json({station = "valley", hour = hour, readings = batch})
  local received = parse_value(text, 1)
  for _, item in ipairs(received.readings) do
    local sum = 0
    for _, sample in ipairs(item.samples) do sum = sum + sample end
    item.mean = sum / #item.samples
    index[item.place] = index[item.place] or {}
    table.insert(index[item.place], item)
  end
  archive[hour] = text
  if hour >= 6 then archive[hour - 6] = nil end -- the raw text is kept for six hours
  for place, items in pairs(index) do           -- and a place's last forty readings
    while #items > 40 do table.remove(items, 1) end
  end
  local line = "hour " .. hour .. ":"
  for _, place in ipairs(places) do
    local items = index[place] or {}
    line = line .. " " .. place .. "=" .. #items
  end
  report[#report + 1] = line
end
print(table.concat(report, "\n"))
