/* Endpoints: where they are. */
#ifndef GA_MODEL_ENDPOINT_H
#define GA_MODEL_ENDPOINT_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_endpoint_class;

#endif /* agent/model/model-endpoint.h */
