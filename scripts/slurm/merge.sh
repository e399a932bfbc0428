#!/usr/bin/env bash
#SBATCH --job-name=rfmap-merge --cpus-per-task=4 --mem-per-cpu=1G --time=02:00:00
#SBATCH --kill-on-invalid-dep=yes

# `rfmap merge` with this script's arguments:
#   shards=$(sbatch --parsable --array=1-8 estimate.sh --config run.toml --out fields.h5)
#   sbatch --dependency=afterok:$shards merge.sh fields.h5
# Where a shard fails, the merge is cancelled.

srun --cpus-per-task="$SLURM_CPUS_PER_TASK" rfmap merge "$@" --threads "$SLURM_CPUS_PER_TASK"
