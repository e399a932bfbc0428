rfmap_test(unit_io
  SOURCES io_crop.cpp io_damaged.cpp io_decode.cpp io_idx.cpp io_list.cpp io_orientation.cpp
          io_page.cpp io_paint.cpp io_photographs.cpp io_reader.cpp io_tar.cpp
  LINK io core PRIVATE rfmap_opencv ZLIB::ZLIB Threads::Threads LABELS unit)
