/* Use of the base plan: see base-use.h.
 *
 * An encapsulation counts as a user as long as packets may go out by its flow
 * on the integration bridge, whatever it is about to move to. */

#include <config.h>

#include "agent/model/base-use.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-touch.h"
#include "agent/switch/ofctrl.h"
#include "util.h"

struct base_use *
base_use_create(void)
{
    struct base_use *use = xzalloc(sizeof *use);

    use->idle = true;
    return use;
}

void
base_use_destroy(struct base_use *use)
{
    free(use);
}

static void
count(bool *counted, bool now, size_t *n)
{
    *n += now - *counted;
    *counted = now;
}

void
base_use_account(struct base_use *use, struct m_encap *encap, bool gone)
{
    bool sends = !gone && encap->final.n_options > 0;
    bool uses_base = !gone && ((sends && !encap->nve->plan)
                               || (!encap->applied && encap->base_options));

    count(&encap->sends_options, sends, &use->n_senders);
    count(&encap->uses_base, uses_base, &use->n_users);
}

void
base_use_touch(struct base_use *use)
{
    use->touched = true;
}

void
base_use_run(struct agent *agent)
{
    struct base_use *use = agent->base_use;
    bool idle = !use->n_users;

    if (idle == use->idle) {
        return;
    }
    use->idle = idle;
    use->touched = true;
    model_touch_plugged(agent->model);
    /* Remotes that get no options need delete actions now, or no longer do. */
    model_touch_all_encaps(agent->model);
}

void
base_use_note_revision(struct agent *agent)
{
    struct base_use *use = agent->base_use;

    if (use->touched) {
        use->touched = false;
        use->idle_revision = ofctrl_get_revision(agent->ofctrl);
    }
}
