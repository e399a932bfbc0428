#!/usr/bin/env bash
#SBATCH --job-name=rfmap --cpus-per-task=8 --mem-per-cpu=1G --time=08:00:00
#SBATCH --signal=USR1@120 --requeue --open-mode=append

# `rfmap estimate` with this script's arguments, resumed after every time limit:
#   sbatch estimate.sh --config run.toml --out fields.h5                  one process
#   sbatch --array=1-8 estimate.sh --config run.toml --out fields.h5      eight shards; merge.sh follows
#   SLURM_MPI_TYPE=pmix sbatch --nodes=4 --ntasks-per-node=1 estimate.sh ...        four ranks
# Two minutes before the time limit Slurm sends SIGUSR1; rfmap commits what is whole and exits with
# 130, and the job goes back to the queue. RFMAP_RESTARTS (50): how often at most.

job=$SLURM_JOB_ID
arguments=("$@" --resume --threads "$SLURM_CPUS_PER_TASK")
if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then
  job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
  arguments+=(--shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT")
fi

# srun does not take over --cpus-per-task since Slurm 22.05.
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" rfmap estimate "${arguments[@]}"
code=$?
if [[ $code == 130 && ${SLURM_RESTART_COUNT:-0} -lt ${RFMAP_RESTARTS:-50} ]]; then
  scontrol requeue "$job"
fi
exit $code
