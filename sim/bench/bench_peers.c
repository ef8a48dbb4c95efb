/* bench_peers.c: other people's JSON readers. */
#include "bench_internal.h"

#include <cjson/cJSON.h>

bool bench_parse_cjson(const char *text, size_t bytes)
{
    cJSON *tree = cJSON_ParseWithLength(text, bytes);
    cJSON_Delete(tree);
    return tree != NULL;
}

#ifdef HEAPLAB_WITH_YAJL
#include <yajl/yajl_parse.h>

const bool bench_yajl_built = true;

bool bench_parse_yajl(const char *text, size_t bytes)
{
    static const yajl_callbacks callbacks = {0}; /* a missing callback is skipped, the token is made all the same */
    yajl_handle handle = yajl_alloc(&callbacks, NULL, NULL);
    if (handle == NULL) {
        return false;
    }
    yajl_config(handle, yajl_allow_multiple_values, 1);
    const bool whole = yajl_parse(handle, (const unsigned char *)text, bytes) == yajl_status_ok && yajl_complete_parse(handle) == yajl_status_ok;
    yajl_free(handle);
    return whole;
}
#else
const bool bench_yajl_built = false;

bool bench_parse_yajl(const char *text, size_t bytes)
{
    (void)text;
    (void)bytes;
    return false;
}
#endif
