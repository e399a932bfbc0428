// JPEG and PNG instead of OpenCV's imgcodecs, whose 130 libraries (GDAL, OpenEXR, ...) are twice as
// large as everything else that scripts/gpu-bundle packs. Only the two functions that rfmap calls;
// JPEGs decode to the same pixels, because both use libjpeg-turbo with its defaults.

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <jpeglib.h>
#include <opencv2/imgcodecs.hpp>
#include <png.h>

namespace {

struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf back;
};

void leave(j_common_ptr info) { std::longjmp(reinterpret_cast<JpegErrors*>(info->err)->back, 1); }
void be_quiet(j_common_ptr) {}

jpeg_error_mgr* prepare(JpegErrors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = leave;
  errors.manager.output_message = be_quiet;
  return &errors.manager;
}

/// B, G, R; empty if it cannot be decoded. `image` belongs to the caller, so that it survives the
/// longjmp.
void decode_jpeg(const cv::Mat& bytes, cv::Mat& image) {
  jpeg_decompress_struct info;
  JpegErrors errors;
  info.err = prepare(errors);
  if (setjmp(errors.back)) {
    jpeg_destroy_decompress(&info);
    image.release();
    return;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes.data, bytes.total());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_EXT_BGR;
  jpeg_start_decompress(&info);
  image.create(int(info.output_height), int(info.output_width), CV_8UC3);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = image.ptr(int(info.output_scanline));
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
}

png_image make_png() {
  png_image png;
  std::memset(&png, 0, sizeof png);
  png.version = PNG_IMAGE_VERSION;
  return png;
}

/// Eight bits per channel, B, G, R.
void decode_png(const cv::Mat& bytes, cv::Mat& image) {
  png_image png = make_png();
  if (!png_image_begin_read_from_memory(&png, bytes.data, bytes.total())) return;
  png.format = PNG_FORMAT_BGR;
  image.create(int(png.height), int(png.width), CV_8UC3);
  if (!png_image_finish_read(&png, nullptr, image.data, 0, nullptr)) image.release();
}

bool encode_png(const cv::Mat& image, std::vector<uchar>& bytes) {
  png_image png = make_png();
  png.width = png_uint_32(image.cols);
  png.height = png_uint_32(image.rows);
  png.format = image.channels() == 1   ? PNG_FORMAT_GRAY
               : image.channels() == 4 ? PNG_FORMAT_BGRA
                                       : PNG_FORMAT_BGR;
  const auto stride = png_int_32(image.step[0]);
  png_alloc_size_t size = 0;
  if (!png_image_write_to_memory(&png, nullptr, &size, 0, image.data, stride, nullptr))
    return false;
  bytes.resize(size);
  return png_image_write_to_memory(&png, bytes.data(), &size, 0, image.data, stride, nullptr) != 0;
}

}  // namespace

namespace cv {

Mat imdecode(InputArray bytes, int) {
  const Mat encoded = bytes.getMat();
  Mat image;
  if (encoded.total() > 2 && encoded.data[0] == 0xff)
    decode_jpeg(encoded, image);
  else if (encoded.total() > 8)
    decode_png(encoded, image);
  return image;
}

bool imencode(const String& extension, InputArray image, std::vector<uchar>& bytes,
              const std::vector<int>&) {
  const Mat pixels = image.getMat();
  return extension == ".png" && pixels.depth() == CV_8U && encode_png(pixels, bytes);
}

}  // namespace cv
