#include "app/commands.h"

int main(int argc, char** argv) { return rfmap::app::run_program({argv + 1, argv + argc}); }
