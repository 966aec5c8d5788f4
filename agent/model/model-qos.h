/* QoS: which class endpoints are of, and what they may send and be sent. */
#ifndef GA_MODEL_QOS_H
#define GA_MODEL_QOS_H 1

#include "agent/model/entity.h"
#include "lib/selector-index.h"

extern const struct entity_class m_qos_class_class;
extern const struct entity_class m_qos_policy_class;

/* QoSClass. */
struct m_qos_class {
    struct entity up;
    bool valid;                     /* No older class has its number. */
    struct hmapx policies;          /* m_qos_policies that name it. */
};

/* QoSPolicy. */
struct m_qos_policy {
    struct entity up;
    struct m_vpc *vpc;              /* Or NULL. */
    struct m_qos_class *class;      /* That it names; or NULL. */
    struct selection selection;     /* Of endpoints. */
};

/* Returns what is in force of a class, which may be NULL, or NULL. */
static inline const struct qos_class *
m_qos_class_get_def(const struct m_qos_class *class)
{
    return (class && class->valid && class->up.object
            ? class->up.object->qos_class : NULL);
}

/* Returns what is in force of a policy, which may be NULL, or NULL. */
static inline const struct qos_policy *
m_qos_policy_get_def(const struct m_qos_policy *policy)
{
    return policy && policy->up.object ? policy->up.object->qos_policy : NULL;
}

/* Returns the policy of 'ep', or NULL.  Of several that select it, it is the
 * oldest one. */
struct m_qos_policy *m_qos_find(const struct m_endpoint *ep);

/* Returns the policy of endpoints with 'set', in the same way. */
struct m_qos_policy *m_qos_find_of_set(const struct m_label_set *set);

/* Sets '*number' to the number of the class that 'ep' is of: spec.qosClass,
 * else that of its policy.  Returns false if it is of none. */
bool m_qos_get_number(const struct m_endpoint *ep, uint32_t *number);

/* Makes '*sender' what options of packets of 'ep' are made of: a copy of its
 * object, which it does not outlive, but with the number of its class. */
void m_qos_get_sender(const struct m_endpoint *ep, struct endpoint *sender);

/* Returns the class with that number, or NULL.  Constant time. */
const struct m_qos_class *m_qos_find_class(const struct model *,
                                           uint32_t number);

#endif /* agent/model/model-qos.h */
