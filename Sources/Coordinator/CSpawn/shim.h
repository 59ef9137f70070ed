// Functions of glibc that its headers show only with _GNU_SOURCE, which Swift's Glibc module is built without.
#pragma once
#include <spawn.h>

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
// <sys/mman.h>, <unistd.h>
int memfd_create(const char *name, unsigned int flags);
int pipe2(int ends[2], int flags);
