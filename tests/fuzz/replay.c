/* SPDX-License-Identifier: ISC
 *
 * Feeds files, and the files of folders, to a fuzz target: the target runs as an ordinary test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes lie at the end of their memory, so that a sanitizer sees a read beyond. */
static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat info;
	int failed = 1;
	uint8_t *bytes = NULL;

	if (!file || fstat(fileno(file), &info) != 0)
		goto out;
	size_t size = (size_t)info.st_size;
	bytes = malloc(size > 0 ? size : 1);
	if (!bytes || fread(bytes, 1, size, file) != size)
		goto out;
	LLVMFuzzerTestOneInput(bytes, size);
	failed = 0;
out:
	if (failed)
		perror(path);
	if (file)
		fclose(file);
	free(bytes);
	return failed;
}

static int replay_folder(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	int failed = count < 0;

	for (int i = 0; i < count; i++) {
		char name[4096];
		int len = snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			failed |= len < 0 || (size_t)len >= sizeof(name) || replay_file(name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return failed;
}

int main(int argc, char **argv)
{
	struct stat info;
	int failed = argc < 2;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode))
			failed |= replay_folder(argv[i]);
		else
			failed |= replay_file(argv[i]);
	}
	return failed;
}
