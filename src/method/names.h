#pragma once

#include <array>
#include <utility>

#include "rfmap/method.h"

/// Names of enumerators, shared by command line, TOML and results.
namespace rfmap::method {

template <class E, std::size_t N>
using Names = std::array<std::pair<const char*, E>, N>;

inline constexpr Names<InputLayout, 3> kInputLayouts{{{"auto", InputLayout::automatic},
                                                      {"nchw", InputLayout::channels_first},
                                                      {"nhwc", InputLayout::channels_last}}};
inline constexpr Names<WeightsControl, 2> kWeightsControls{
    {{"none", WeightsControl::none}, {"shuffle", WeightsControl::shuffle}}};
inline constexpr Names<Cluster, 3> kClusters{
    {{"none", Cluster::none}, {"folder", Cluster::folder}, {"column", Cluster::column}}};
inline constexpr Names<Fill, 6> kFills{{{"noise", Fill::noise},
                                        {"mean", Fill::mean},
                                        {"gray", Fill::gray},
                                        {"black", Fill::black},
                                        {"image-mean", Fill::image_mean},
                                        {"blur", Fill::blur}}};
inline constexpr Names<Response, 3> kResponses{
    {{"location", Response::location}, {"max", Response::max}, {"sum", Response::sum}}};
inline constexpr Names<Recentre, 2> kRecentres{
    {{"ties-mean", Recentre::ties_mean}, {"first", Recentre::first}}};
inline constexpr Names<Discrepancy, 3> kDiscrepancies{{{"drop", Discrepancy::drop},
                                                       {"abs", Discrepancy::abs},
                                                       {"signed", Discrepancy::signed_change}}};
inline constexpr Names<Deposit, 2> kDeposits{
    {{"center", Deposit::center}, {"footprint", Deposit::footprint}}};
inline constexpr Names<Upsample, 2> kUpsamples{
    {{"bilinear", Upsample::bilinear}, {"nearest", Upsample::nearest}}};
inline constexpr Names<Normalize, 2> kNormalizes{
    {{"none", Normalize::none}, {"peak", Normalize::peak}}};
inline constexpr Names<Border, 2> kBorders{{{"ignore", Border::ignore}, {"zero", Border::zero}}};
inline constexpr Names<ChannelOrder, 3> kChannelOrders{
    {{"bgr", ChannelOrder::bgr}, {"rgb", ChannelOrder::rgb}, {"gray", ChannelOrder::gray}}};
inline constexpr Names<Strategy, 3> kStrategies{
    {{"auto", Strategy::automatic}, {"full", Strategy::full}, {"window", Strategy::window}}};

template <class E, std::size_t N>
constexpr const char* name_of(const Names<E, N>& names, E value) {
  for (const auto& [name, e] : names)
    if (e == value) return name;
  return "?";
}

}  // namespace rfmap::method
