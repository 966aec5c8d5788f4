/* What a service does with a packet that is traced. */
#ifndef GA_TRACE_SERVICE_H
#define GA_TRACE_SERVICE_H 1

struct m_endpoint;
struct m_vpc;
struct trace;
struct trace_path;

/* The backend that a service of 'vpc' chose for a packet, or NULL. */
const struct m_endpoint *trace_service_find_backend(
    const struct m_vpc *vpc, const struct trace *);

/* Says what a service does with the packet, for the caller to free; NULL: no
 * service has to do with it. */
char *trace_service_describe(const struct trace_path *);

#endif /* agent/show/trace-service.h */
