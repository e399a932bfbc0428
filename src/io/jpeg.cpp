#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <jerror.h>
#include <jpeglib.h>

#include "io/extents.h"
#include "io/files.h"
#include "io/format.h"

namespace rfmap::io {
namespace {

/// Errors and warnings of libjpeg. Errors return by longjmp, because exceptions may not pass
/// through C.
struct Report {
  jpeg_error_mgr manager{};  // first: libjpeg hands out a pointer to it
  std::jmp_buf leave{};
  char text[JMSG_LENGTH_MAX] = "";
  bool damaged = false;
  bool remarked = false;          ///< on something harmless
  unsigned char* copy = nullptr;  ///< malloc's; whole where nothing is damaged
  unsigned long copy_bytes = 0;
};

Report& report_of(j_common_ptr info) { return *reinterpret_cast<Report*>(info->err); }

/// Warnings that also occur for undamaged files: bytes between parts, unusual headers.
bool is_harmless(int code) {
  return code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
         code == JWRN_TOO_MUCH_DATA || code == JWRN_NOT_SEQUENTIAL;
}

void keep_message(j_common_ptr info) {
  Report& report = report_of(info);
  if (!report.damaged) report.manager.format_message(info, report.text);
  report.damaged = true;
}

extern "C" {
static void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  if (is_harmless(report_of(info).manager.msg_code))
    report_of(info).remarked = true;
  else
    keep_message(info);
}
static void on_error(j_common_ptr info) {
  keep_message(info);
  std::longjmp(report_of(info).leave, 1);
}
static void say_nothing(j_common_ptr) {}
}

/// The same coefficients, and nothing unusual around them.
void write_copy(jpeg_decompress_struct& from, jpeg_compress_struct& to,
                jvirt_barray_ptr* coefficients, Report& report) {
  jpeg_mem_dest(&to, &report.copy, &report.copy_bytes);
  jpeg_copy_critical_parameters(&from, &to);
  jpeg_write_coefficients(&to, coefficients);
  jpeg_finish_compress(&to);
}

/// No object with a destructor may live here: longjmp does not call destructors.
void read_all(std::span<const std::uint8_t> bytes, Report& report) {
  jpeg_decompress_struct info{};
  jpeg_compress_struct copy{};
  info.err = copy.err = jpeg_std_error(&report.manager);
  report.manager.emit_message = on_message;
  report.manager.error_exit = on_error;
  report.manager.output_message = say_nothing;
  jpeg_create_decompress(&info);
  jpeg_create_compress(&copy);
  if (setjmp(report.leave) == 0) {
    jpeg_mem_src(&info, bytes.data(), static_cast<unsigned long>(bytes.size()));
    jpeg_read_header(&info, TRUE);
    if (std::uint64_t(info.image_width) * info.image_height <= kMostDecoded) {
      jvirt_barray_ptr* coefficients = jpeg_read_coefficients(&info);
      if (report.remarked && !report.damaged) write_copy(info, copy, coefficients, report);
      jpeg_finish_decompress(&info);
    }
  }
  jpeg_destroy_compress(&copy);
  jpeg_destroy_decompress(&info);
}

}  // namespace

Bytes sound_jpeg(std::span<const std::uint8_t> bytes) {
  Report report;
  read_all(bytes, report);
  if (report.damaged) throw Damaged(std::string("is a damaged JPEG: ") + report.text);
  if (!report.copy) return {};
  Bytes copy(report.copy, report.copy + report.copy_bytes);
  std::free(report.copy);
  return copy;
}

}  // namespace rfmap::io
