# A Slurm of one machine and two nodes, as any user: cluster_start, cluster_stop.  Its directory is $c;
# SLURM_CONF points the commands to it.
cluster_start() {
	for cmd in slurmctld slurmd munged sbatch; do
		command -v $cmd >/dev/null 2>&1 || [ -x /usr/sbin/$cmd ] || skip "$cmd is not installed (slurm-wlm, munge)"
	done
	PATH=$PATH:/usr/sbin
	c=$PWD/cluster
	mkdir -p "$c/state" "$c/spool" "$c/log" "$c/run"
	chmod 755 "$c" "$c/run"
	dd if=/dev/urandom of="$c/munge.key" bs=128 count=1 2>/dev/null
	chmod 600 "$c/munge.key"
	base=$((20000 + $$ % 20000))
	me=$(id -un)
	cpus=$(nproc); [ "$cpus" -gt 2 ] && cpus=2
	cat >"$c/slurm.conf" <<-EOT
	ClusterName=calibci
	SlurmctldHost=localhost(127.0.0.1)
	SlurmUser=$me
	SlurmdUser=$me
	AuthType=auth/munge
	AuthInfo=socket=$c/run/munge.sock
	CredType=cred/munge
	MpiDefault=none
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_Core
	SchedulerType=sched/backfill
	SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
	ReturnToService=2
	SlurmctldPort=$base
	SlurmctldPidFile=$c/run/slurmctld.pid
	SlurmdPidFile=$c/run/slurmd.%n.pid
	SlurmdSpoolDir=$c/spool/%n
	StateSaveLocation=$c/state
	SlurmctldLogFile=$c/log/ctld.log
	SlurmdLogFile=$c/log/slurmd.%n.log
	SwitchType=switch/none
	KillWait=2
	MinJobAge=600
	MaxArraySize=2001
	MaxJobCount=10000
	InactiveLimit=0
	JobAcctGatherType=jobacct_gather/none
	AccountingStorageType=accounting_storage/none
	JobCompType=jobcomp/none
	NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=$cpus RealMemory=1500 State=UNKNOWN
	NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=$cpus RealMemory=1500 State=UNKNOWN
	PartitionName=psnehq Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
	PartitionName=psfehq Nodes=n1 MaxTime=60 State=UP
	PartitionName=psanaq Nodes=n2 MaxTime=60 State=UP
	EOT
	export SLURM_CONF="$c/slurm.conf"
	munged --force --key-file="$c/munge.key" --socket="$c/run/munge.sock" --pid-file="$c/run/munged.pid" \
		--log-file="$c/log/munged.log" --seed-file="$c/run/munge.seed" || die 'munged'
	trap cluster_stop EXIT
	slurmctld && slurmd -N n1 && slurmd -N n2 || die "$(tail -n 3 "$c"/log/*.log)"
	for _ in $(seq 100); do
		[ "$(sinfo -h -N -p psnehq -o %T 2>/dev/null | grep -c idle)" -eq 2 ] && return
		sleep 0.1
	done
	die "the nodes do not come up: $(tail -n 5 "$c"/log/*.log)"
}

cluster_stop() {
	scancel -u "$(id -un)" 2>/dev/null
	for p in "$c"/run/slurm*.pid "$c"/run/munged.pid; do
		[ -f "$p" ] && kill "$(cat "$p")" 2>/dev/null
	done
	sleep 0.3
	chmod -R u+rwx "$tmp" 2>/dev/null; rm -rf "$tmp"
}
