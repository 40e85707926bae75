/* A stand-in for NVIDIA's libnvidia-ml.so.1: just the functions that ant-tui's monitor calls through pynvml.
 *
 * Its behaviour is a text file named by FAKE_NVML_STATE, read anew at every call, so that a test can make a GPU fail or
 * hang while a program runs. Lines are "key=value" words apart by blanks:
 *
 *   driver version=550.54.14 init=ok
 *   gpu uuid=GPU-... name=Fake_GPU state=ok utilization=35 used=1024 total=81920 temperature=41 power=120 limit=700
 *       clock=1980 fan=30 mig=0 compute=4711:500,4712:- mps=- graphics=12:64      (all on one line)
 *
 * init:  ok | hang | no_driver | mismatch | no_permission
 * state: ok | lost | reset | unknown | hang | unsupported    (hang: the call returns once the file says otherwise)
 * Memory is in MiB, power in W. "-" or a missing key: that number is not supported, or that list is.
 * "pid:-": the memory of that process is not available. An empty list is "none".
 *
 * Built with -DFAKE_NVML_OLD it lacks the functions that drivers before 510 lack.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7, DRIVER_NOT_LOADED = 9, GPU_IS_LOST = 15, RESET_REQUIRED = 16,
    LIB_RM_VERSION_MISMATCH = 18, ARGUMENT_VERSION_MISMATCH = 25, UNKNOWN = 999
};

enum { LINE = 4096 };

typedef uintptr_t device_t; /* the index + 1 */

static int initialised;

/* Finds the n-th line that begins with this word. Returns whether there is one. */
static int find_line(const char *word, unsigned n, char line[LINE])
{
    const char *path = getenv("FAKE_NVML_STATE");
    FILE *file = path ? fopen(path, "r") : NULL;
    int found = 0;
    if (!file)
        return 0;
    while (!found && fgets(line, LINE, file))
        found = !strncmp(line, word, strlen(word)) && line[strlen(word)] == ' ' && n-- == 0;
    fclose(file);
    return found;
}

/* Copies the value of a key. Returns whether it is there and is not "-". */
static int find_value(const char *line, const char *key, char *value, size_t size)
{
    char wanted[64];
    const char *start;
    snprintf(wanted, sizeof wanted, " %s=", key);
    start = strstr(line, wanted);
    if (!start)
        return 0;
    start += strlen(wanted);
    snprintf(value, size, "%.*s", (int)strcspn(start, " \r\n"), start);
    return strcmp(value, "-") != 0;
}

static void doze(void)
{
    struct timespec moment = {0, 2000000};
    nanosleep(&moment, NULL);
}

/* Reads a GPU's line; waits for as long as its state is "hang". */
static int gpu_line(device_t device, char line[LINE])
{
    char state[32];
    if (!initialised)
        return UNINITIALIZED;
    for (;;) {
        if (device == 0 || !find_line("gpu", (unsigned)(device - 1), line))
            return INVALID_ARGUMENT;
        if (!find_value(line, "state", state, sizeof state) || !strcmp(state, "ok"))
            return SUCCESS;
        if (!strcmp(state, "lost"))
            return GPU_IS_LOST;
        if (!strcmp(state, "reset"))
            return RESET_REQUIRED;
        if (!strcmp(state, "unknown"))
            return UNKNOWN;
        if (!strcmp(state, "unsupported"))
            return NOT_SUPPORTED;
        doze();
    }
}

/* As gpu_line, for what also a GPU that supports nothing can say. */
static int basic_line(device_t device, char line[LINE])
{
    int code = gpu_line(device, line);
    return code == NOT_SUPPORTED ? SUCCESS : code;
}

static int read_number(device_t device, const char *key, unsigned factor, unsigned *number)
{
    char line[LINE], value[64];
    int code = gpu_line(device, line);
    if (code != SUCCESS)
        return code;
    if (!find_value(line, key, value, sizeof value))
        return NOT_SUPPORTED;
    *number = (unsigned)strtoul(value, NULL, 10) * factor;
    return SUCCESS;
}

static int read_text(device_t device, const char *key, char *text, unsigned size)
{
    char line[LINE];
    int code = basic_line(device, line);
    if (code != SUCCESS)
        return code;
    return find_value(line, key, text, size) ? SUCCESS : NOT_SUPPORTED;
}

int nvmlInitWithFlags(unsigned flags)
{
    char line[LINE], init[32];
    (void)flags;
    for (;;) {
        if (!find_line("driver", 0, line))
            return DRIVER_NOT_LOADED;
        if (!find_value(line, "init", init, sizeof init) || !strcmp(init, "ok")) {
            initialised = 1;
            return SUCCESS;
        }
        if (!strcmp(init, "no_driver"))
            return DRIVER_NOT_LOADED;
        if (!strcmp(init, "mismatch"))
            return LIB_RM_VERSION_MISMATCH;
        if (!strcmp(init, "no_permission"))
            return NO_PERMISSION;
        doze();
    }
}

int nvmlShutdown(void)
{
    if (!initialised)
        return UNINITIALIZED;
    initialised = 0;
    return SUCCESS;
}

const char *nvmlErrorString(int code)
{
    (void)code;
    return "an error of the fake library";
}

int nvmlSystemGetDriverVersion(char *version, unsigned size)
{
    char line[LINE];
    if (!find_line("driver", 0, line))
        return DRIVER_NOT_LOADED;
    return find_value(line, "version", version, size) ? SUCCESS : NOT_SUPPORTED;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    char line[LINE];
    if (!initialised)
        return UNINITIALIZED;
    for (*count = 0; find_line("gpu", *count, line); ++*count)
        continue;
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, device_t *device)
{
    char line[LINE];
    *device = (device_t)index + 1;
    return basic_line(*device, line);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, device_t *device)
{
    char line[LINE], value[128];
    unsigned index;
    for (index = 0; find_line("gpu", index, line); ++index)
        if (find_value(line, "uuid", value, sizeof value) && !strcmp(value, uuid))
            return nvmlDeviceGetHandleByIndex_v2(index, device);
    return NOT_FOUND;
}

int nvmlDeviceGetUUID(device_t device, char *uuid, unsigned size)
{
    return read_text(device, "uuid", uuid, size);
}

int nvmlDeviceGetName(device_t device, char *name, unsigned size)
{
    int code = read_text(device, "name", name, size);
    for (; code == SUCCESS && *name; ++name)
        if (*name == '_')
            *name = ' ';
    return code;
}

int nvmlDeviceGetMigMode(device_t device, unsigned *current, unsigned *pending)
{
    int code = read_number(device, "mig", 1, current);
    *pending = *current;
    return code;
}

static int read_memory(device_t device, unsigned long long *total, unsigned long long *used)
{
    unsigned number = 0;
    int code = read_number(device, "total", 1, &number);
    *total = (unsigned long long)number << 20;
    if (code == SUCCESS)
        code = read_number(device, "used", 1, &number);
    *used = (unsigned long long)number << 20;
    return code;
}

/* The first version counts what the driver reserves for itself as used. */
static const unsigned long long reserved = 500ULL << 20;

struct memory { unsigned long long total, free, used; };

int nvmlDeviceGetMemoryInfo(device_t device, struct memory *memory)
{
    int code = read_memory(device, &memory->total, &memory->used);
    memory->used += reserved;
    memory->free = memory->total - memory->used;
    return code;
}

#ifndef FAKE_NVML_OLD
struct memory_v2 { unsigned version; unsigned long long total, reserved, free, used; };

int nvmlDeviceGetMemoryInfo_v2(device_t device, struct memory_v2 *memory)
{
    if (memory->version != (sizeof *memory | 2u << 24))
        return ARGUMENT_VERSION_MISMATCH;
    memory->reserved = reserved;
    memory->free = 0;
    return read_memory(device, &memory->total, &memory->used);
}

struct temperature { unsigned version, sensor; int degrees; };

int nvmlDeviceGetTemperatureV(device_t device, struct temperature *temperature)
{
    if (temperature->version != (sizeof *temperature | 1u << 24))
        return ARGUMENT_VERSION_MISMATCH;
    return read_number(device, "temperature", 1, (unsigned *)&temperature->degrees);
}
#endif

int nvmlDeviceGetTemperature(device_t device, unsigned sensor, unsigned *degrees)
{
    return sensor == 0 ? read_number(device, "temperature", 1, degrees) : INVALID_ARGUMENT;
}

struct utilization { unsigned gpu, memory; };

int nvmlDeviceGetUtilizationRates(device_t device, struct utilization *utilization)
{
    utilization->memory = 0;
    return read_number(device, "utilization", 1, &utilization->gpu);
}

int nvmlDeviceGetPowerUsage(device_t device, unsigned *milliwatts)
{
    return read_number(device, "power", 1000, milliwatts);
}

int nvmlDeviceGetEnforcedPowerLimit(device_t device, unsigned *milliwatts)
{
    return read_number(device, "limit", 1000, milliwatts);
}

int nvmlDeviceGetPowerManagementLimit(device_t device, unsigned *milliwatts)
{
    return read_number(device, "limit", 1000, milliwatts);
}

int nvmlDeviceGetClockInfo(device_t device, unsigned type, unsigned *mhz)
{
    return type == 1 ? read_number(device, "clock", 1, mhz) : INVALID_ARGUMENT;
}

int nvmlDeviceGetFanSpeed(device_t device, unsigned *percent)
{
    return read_number(device, "fan", 1, percent);
}

struct process { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; };

static int read_processes(device_t device, const char *key, unsigned *count, struct process *processes)
{
    char line[LINE], list[LINE], *entry, *rest = NULL;
    unsigned found = 0, room = *count;
    int code = gpu_line(device, line);
    if (code != SUCCESS)
        return code;
    if (!find_value(line, key, list, sizeof list))
        return NOT_SUPPORTED;
    if (!strcmp(list, "none"))
        list[0] = '\0';
    for (entry = strtok_r(list, ",", &rest); entry; entry = strtok_r(NULL, ",", &rest), ++found) {
        char *memory = strchr(entry, ':');
        if (found >= room)
            continue;
        processes[found].pid = (unsigned)strtoul(entry, NULL, 10);
        processes[found].memory = memory && memory[1] != '-' ? strtoull(memory + 1, NULL, 10) << 20 : ~0ULL;
        processes[found].gpu_instance = processes[found].compute_instance = ~0u;
    }
    *count = found;
    return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}

int nvmlDeviceGetComputeRunningProcesses_v2(device_t device, unsigned *count, struct process *processes)
{
    return read_processes(device, "compute", count, processes);
}

int nvmlDeviceGetGraphicsRunningProcesses_v2(device_t device, unsigned *count, struct process *processes)
{
    return read_processes(device, "graphics", count, processes);
}

#ifndef FAKE_NVML_OLD
int nvmlDeviceGetComputeRunningProcesses_v3(device_t device, unsigned *count, struct process *processes)
{
    return read_processes(device, "compute", count, processes);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(device_t device, unsigned *count, struct process *processes)
{
    return read_processes(device, "graphics", count, processes);
}

int nvmlDeviceGetMPSComputeRunningProcesses_v3(device_t device, unsigned *count, struct process *processes)
{
    return read_processes(device, "mps", count, processes);
}
#endif
