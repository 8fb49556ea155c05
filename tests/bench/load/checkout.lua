-- wrk: POST /checkout with bodies that differ, made before the clock runs.
local count = 4096

function init(args)
    requests = {}
    for i = 1, count do
        local body = string.format(
            '{"items":[{"product_id":"SKU-%05d","quantity":%d,"price":%d.%02d},' ..
                '{"product_id":"SKU-%05d","quantity":%d,"price":%d.%02d}]}',
            i, 1 + i % 5, 5 + i % 90, i % 100, count + i, 1 + i % 3, 1 + i % 40, i * 7 % 100)
        local headers = {["Content-Type"] = "application/json", ["X-Customer-ID"] = string.format("customer-%05d", i)}
        requests[i] = wrk.format("POST", "/checkout", headers, body)
    end
    at = 0
end

function request()
    at = at % count + 1
    return requests[at]
end

function done(summary, latency)
    local e = summary.errors
    print(string.format("load %d %.6f %.4f %.4f %d", summary.requests, summary.duration / 1e6,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        e.connect + e.read + e.write + e.status + e.timeout))
end
