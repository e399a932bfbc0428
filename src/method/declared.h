#pragma once

#include <string>
#include <vector>

#include "rfmap/method.h"

#include "method/option.h"

/// Every choice of a run, declared once. The options live in what they are given, which must
/// outlive them.
namespace rfmap::method {

using Options = std::vector<Option>;

inline constexpr const char* kPreprocessing = "Preprocessing";  ///< a group

/// All of a job's, in the order of --help.
Options job_options(Job& job);
/// Those of them that are in identity and attributes.
Options recorded_options(Job& job);

// Parts that other commands take too.
Options network_options(std::string& model, std::string& weights, Size& input_size,
                        InputLayout& layout);
Options rule_options(AggregateRules& rules);
Options preprocessing_options(PreprocessingChoice& choice);

}  // namespace rfmap::method
