/* What the daemon tells of endpoints. */
#ifndef GA_SHOW_ENDPOINT_H
#define GA_SHOW_ENDPOINT_H 1

struct unixctl_conn;

/* unixctl_cb_funcs; 'aux' is the agent. */
void show_endpoint_list(struct unixctl_conn *, int argc, const char *argv[],
                        void *aux);

#endif /* agent/show/show-endpoint.h */
