/* The pipeline: see pipeline.h. */

#include <config.h>

#include "agent/flows/pipeline.h"

#include "byte-order.h"
#include "openvswitch/match.h"

void
pipeline_init_match(struct match *match, uint32_t vni)
{
    match_init_catchall(match);
    match_set_metadata(match, htonll(vni));
}
