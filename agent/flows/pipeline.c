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

void
pipeline_init_extnet(struct match *match, uint32_t id)
{
    match_init_catchall(match);
    match_set_reg(match, FLOW_REG_EXTNET - MFF_REG0, id);
}

void
pipeline_init_gateway(struct match *match, uint32_t id)
{
    match_init_catchall(match);
    match_set_reg(match, FLOW_REG_GATEWAY - MFF_REG0, id);
}
