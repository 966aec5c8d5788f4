/* The names of the API: its group and version, and what objects and the
 * product's own labels may be called. */
#ifndef GA_RESOURCE_NAME_H
#define GA_RESOURCE_NAME_H 1

#include <stdbool.h>
#include <stddef.h>

#define RESOURCE_GROUP "nvo3.io"
#define RESOURCE_VERSION "v1alpha1"
#define RESOURCE_API_VERSION RESOURCE_GROUP "/" RESOURCE_VERSION
#define RESOURCE_API_PATH "/apis/" RESOURCE_API_VERSION
#define RESOURCE_LABEL_PREFIX RESOURCE_GROUP "/"
#define RESOURCE_LABEL_VPC RESOURCE_LABEL_PREFIX "vpc"
#define RESOURCE_LABEL_NVE RESOURCE_LABEL_PREFIX "nve"

/* Whether the string can be the name of an object: as Kubernetes has it, a DNS
 * subdomain name (RFC 1123, section 2.1) in lower case, of at most 253
 * characters.  Each of its parts, which '.' separates, consists of letters,
 * digits and '-', with a letter or digit at both ends. */
bool resource_name_is_valid(const char *);

/* The same for the 'n' bytes at 'name'. */
bool resource_name_is_valid_n(const char *name, size_t n);

#endif /* lib/resource-name.h */
