/* GeneveOptions.  Each claims its class and type. */
#ifndef GA_MODEL_OPTION_H
#define GA_MODEL_OPTION_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_option_class;

/* Returns what the controller says of 'option', NULL if it does not exist or
 * is refused. */
const struct geneve_option *m_option_get_def(const struct m_option *option);

#endif /* agent/model/model-option.h */
