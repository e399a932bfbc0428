#include "method/recorded.h"

#include "method/declared.h"

namespace rfmap::method {

Method recorded_method(const Attributes& attributes) {
  Job job;
  job.method.rules.recentre = Recentre::first;
  for (const Option& o : recorded_options(job))
    if (const Attribute* value = find_attribute(attributes, o.name)) set_recorded(o, *value);
  return job.method;
}

void require_recorded(const Attributes& attributes) {
  Job job;
  for (const Option& o : job_options(job))
    if (const Attribute* value = find_attribute(attributes, o.name)) set_recorded(o, *value);
}

}  // namespace rfmap::method
