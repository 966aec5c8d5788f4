/* The setting of a scenario: all that decides what is sent to one remote.
 *
 * Its parts stay JSON, as a real peer or operator gives them, until the
 * negotiation reads them. */
#ifndef GA_SCENARIO_SETTING_H
#define GA_SCENARIO_SETTING_H 1

struct json;
struct negotiation;
struct sender_table;

/* All-zero: nothing is known yet.  Does not own its parts. */
struct scenario_setting {
    const struct json *sender;
    const struct json *advertisement;
    const struct json *last_good;
    const struct json *static_;
    const struct json *transit;
    const struct json *delivery;
    const struct json *underlay;
};

/* Lets the members of a scenario, an event or a remote replace those of the
 * setting. */
void scenario_setting_update(struct scenario_setting *, const struct json *);

/* Reads a sender table.  Returns NULL, or a message for the caller to free.
 * The caller must free the table's options in any case. */
char *scenario_setting_read_sender(const struct json *, struct sender_table *);

/* Negotiates with one remote.  Returns the full result and initializes the
 * negotiation, which the caller must destroy; or returns NULL, with a message
 * in '*error'. */
struct json *scenario_setting_negotiate(const struct scenario_setting *,
                                        struct negotiation *, char **error);

#endif /* lib/scenario-setting.h */
