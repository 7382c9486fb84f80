# Runner file_watch: files that appear, grow, are replaced and vanish, folders that come later, and what must not count.
use strict;
use warnings;
use Fcntl qw(:DEFAULT);
use Jobgrid::Runner;
use JSON::PP;
use POSIX qw(mkfifo);
use Test::More;
use Time::HiRes qw(sleep time utime);

my $number = 0;

# A fresh folder
sub folder
{
	my $folder = scratch() . '/in' . ++$number;
	mkdir $folder or die "could not make $folder: $!\n";
	return $folder;
}

# Where interval is not given it is longer than any test may take: what is seen then was heard from inotify.
sub watch
{
	my ($path, %settings) = @_;
	my $special = grep { exists $settings{$_} } qw(mode min_size interval);
	return start([ runner('file_watch') ], settings => { path => $path, stable_for => '300 ms', interval => '10 min', %settings }, leaks => $special);
}

sub result
{
	my ($job) = @_;
	my @results = $job->packets('result');
	return @results == 1 ? decode_json($results[0]) : \@results;
}

sub append
{
	my ($path, $text) = @_;
	open my $file, '>>', $path or die "could not open $path: $!\n";
	print $file $text;
	close $file;
	return;
}

# Puts a whole file in place at once: no look can find it half made.
sub place
{
	my ($path, $text, $time) = @_;
	my $made = write_file(scratch() . '/made', $text);
	utime $time, $time, $made if defined $time;
	rename $made, $path or die "could not rename to $path: $!\n";
	return;
}

# Not done: it has looked again since, and still waits.
sub still_waiting
{
	my ($job, $what) = @_;
	select undef, undef, undef, 0.5;
	$job->read_packets(0);
	ok(kill(0, $job->pid) && !$job->packets('result'), $what);
	return;
}

# ---- appears

my $in = folder();
my $job = watch("$in/feed.csv");
$job->wait_for_packet(qr/^progress 0 waiting for \Q$in\E\/feed.csv$/);
write_file("$in/other.csv", 'x');
still_waiting($job, 'another file is not it');
place("$in/feed.csv", 'twelve bytes', 1793514612.7);
is($job->code, 0, 'a file that appears');
my $file = { path => "$in/feed.csv", size => 12, modified => '2026-11-01T06:30:12Z' };
is_deeply(result($job), { %$file, files => [$file] }, 'is the result');
is($job->out, "waiting for $in/feed.csv\nfeed.csv is there, 12 bytes\ncomplete\n", 'and its story is told');
is(($job->packets)[-2], 'progress 100', 'it is done then');
ok((grep { $_ eq 'progress 0 feed.csv, if it stays unchanged for 300 ms' } $job->packets), 'its progress was told');
is($job->err, '', 'and nothing complained of');

$job = watch("$in/feed.csv", stable_for => 0);
is($job->code, 0, 'a file that is there already, and need not be watched');
my $begun = time;
is(watch("$in/feed.csv", stable_for => '1 s')->code, 0, 'one that is there is watched as well');
cmp_ok(time - $begun, '>=', 1, 'however old it is');
my $renamed = folder();
$job = watch("$renamed/feed.csv");
$job->wait_for_packet(qr/waiting for/);
write_file("$renamed/.feed.csv.part", 'x');
rename "$renamed/.feed.csv.part", "$renamed/feed.csv";
is($job->code, 0, 'a file that is renamed into place');

# ---- grows, shrinks, is touched, is replaced

$in = folder();
$job = watch("$in/feed.csv", min_size => 10);
place("$in/feed.csv", 'short');
$job->wait_for_packet(qr/feed.csv has 5 of 10 bytes/);
still_waiting($job, 'a file that is too small');
append("$in/feed.csv", '67890');
is($job->code, 0, 'has grown enough');
is(result($job)->{size}, 10, 'to its size');
like($job->out, qr/^feed.csv is there, 5 bytes\nfeed.csv changes, 10 bytes\n/m, 'which is told');

$in = folder();
$job = watch("$in/feed.csv", stable_for => '2 s');
for my $round (1 .. 12) { append("$in/feed.csv", 'x' x 10); select undef, undef, undef, 0.2 }
my $settled = time;
is($job->code, 0, 'a file that grows for a while');
is(result($job)->{size}, 120, 'is complete when it has stopped');
cmp_ok(time - $settled, '>', 1.5, 'and not before');
is(scalar(() = $job->out =~ /changes/g), 1, 'that it changes is told once');

$in = folder();
place("$in/feed.csv", 'old content', 1793514612);
$job = watch("$in/feed.csv", stable_for => '2 s');
$job->wait_for_output(qr/is there, 11 bytes/);
place("$in/feed.csv", 'new content', 1793514612);
my $replaced = time;
is($job->code, 0, 'a file that is replaced by one of the same size and time');
cmp_ok(time - $replaced, '>', 1.5, 'is watched anew');
like($job->out, qr/feed.csv was replaced, 11 bytes/, 'which is told');

$in = folder();
append("$in/feed.csv", 'x');
$job = watch("$in/feed.csv", stable_for => '2 s');
$job->wait_for_output(qr/is there/);
unlink "$in/feed.csv";
$job->wait_for_output(qr/feed.csv is gone/);
still_waiting($job, 'a file that vanishes again');
place("$in/feed.csv", 'xy');
is($job->code, 0, 'and comes back');
is(result($job)->{size}, 2, 'is the new one');

# ---- patterns

$in = folder();
mkdir "$in/feed_folder.csv";
mkfifo("$in/feed_fifo.csv", 0666) or die "mkfifo: $!\n";
symlink 'nothing', "$in/feed_link.csv";
append("$in/$_", 'xxxx') for '.feed_hidden.csv', 'feed_.csv_', 'feed_a.csv.part', 'feed_.txt', 'Feed_a.csv';
$job = watch("$in/feed_*.csv", min_size => 2);
still_waiting($job, 'folders, pipes, broken links, hidden and other files are no match');
# At once, as far as it can see: else one might be complete before the other is there.
$job->signal('STOP');
append("$in/feed_a.csv", 'x');
append("$in/feed_z.csv", 'xx');
append("$in/feed_b.csv", 'xxx');
$job->signal('CONT');
is($job->code, 0, 'a match');
my $result = result($job);
is($result->{path}, "$in/feed_b.csv", 'the first complete one by name is the result');
is_deeply([ map { $_->{path} } @{ $result->{files} } ], [ "$in/feed_b.csv", "$in/feed_z.csv" ], 'all that are complete are listed');

$in = folder();
append("$in/feed_$_.csv", '') for 1 .. 1200;
append("$in/feed_x y*\xff\n.csv", '');
$result = result_of("$in/feed_*.csv");
is(@{ $result->{files} } + $result->{more}, 1201, 'of very many, as many as a message takes, and how many more');
cmp_ok(scalar @{ $result->{files} }, '>', 300, 'which are not few');
is(result_of("$in/feed_x y\\**.csv")->{path}, "$in/feed_x y*\x{fffd}\n.csv", 'names can be anything');
is(result_of("$in/feed_[23].csv")->{path}, "$in/feed_2.csv", 'a class');
is(result_of("$in/feed_????.csv")->{path}, "$in/feed_1000.csv", 'any characters');
is(result_of("$in/feed_7\\.csv")->{path}, "$in/feed_7.csv", 'a backslash');

sub result_of
{
	my ($path) = @_;
	my $run = watch($path, stable_for => 0);
	is($run->code, 0, "$path is found") or diag($run->out, $run->err);
	return result($run);
}

# ---- folders that come later

$in = folder();
$job = watch("$in/a/b/c/feed.csv");
$job->wait_for_packet(qr{waiting for folder \Q$in\E/a/b/c});
like($job->out, qr{there is no folder \Q$in\E/a/b/c yet$}m, 'that there is no folder is told');
mkdir "$in/$_" for 'a', 'a/b', 'a/b/c';
$job->wait_for_packet(qr{waiting for \Q$in\E/a/b/c/feed.csv});
append("$in/a/b/c/feed.csv", 'x');
is($job->code, 0, 'a folder made later, all of a sudden');

$in = folder();
$job = watch("$in/a/b/feed.csv");
$job->wait_for_packet(qr/waiting for folder/);
mkdir "$in/x";
mkdir "$in/x/b";
append("$in/x/b/feed.csv", 'x');
rename "$in/x", "$in/a";
is($job->code, 0, 'a folder moved into place with all that is in it');

$in = folder();
mkdir "$in/a";
$job = watch("$in/a/feed.csv");
$job->wait_for_packet(qr/waiting for \S+feed.csv/);
rename "$in/a", "$in/old";
$job->wait_for_packet(qr/waiting for folder/);
append("$in/old/feed.csv", 'x');
still_waiting($job, 'a folder that moved away is not the one meant');
mkdir "$in/a";
append("$in/a/feed.csv", 'xx');
is($job->code, 0, 'its successor is');
is(result($job)->{size}, 2, 'with its file');

$in = folder();
append("$in/a", 'a file where the folder should be');
$job = watch("$in/a/*");
$job->wait_for_packet(qr/waiting for folder/);
unlink "$in/a";
mkdir "$in/a";
append("$in/a/x", 'x');
is($job->code, 0, 'a file in place of the folder');
like(watch_briefly("$in/*/x")->out, qr/wildcards mean themselves/, 'wildcards in the folder are warned of');

sub watch_briefly
{
	my ($path, %settings) = @_;
	my $run = watch($path, %settings);
	$run->wait_for_packet(qr/^progress/);
	$run->signal('TERM');
	$run->wait;
	return $run;
}

# ---- what inotify does not hear

$in = folder();
my $elsewhere = folder();
symlink "$elsewhere/target", "$in/feed.csv";
$job = watch("$in/feed.csv", interval => '200 ms');
$job->wait_for_packet(qr/waiting for/);
append("$elsewhere/target", 'xyz');
is($job->code, 0, 'a link whose target appears in a folder that is not watched is found by looking');
is(result($job)->{size}, 3, 'with the size of what it leads to');

# ---- gone

$in = folder();
append("$in/lock.$_", 'x') for 1, 2;
$job = watch("$in/lock.*", mode => 'gone');
$job->wait_for_packet(qr/^progress 0 waiting for 2 to go$/);
unlink "$in/lock.1";
still_waiting($job, 'one is left');
unlink "$in/lock.2";
is($job->code, 0, 'all are gone');
is_deeply(result($job), { path => "$in/lock.*" }, 'which is the result');
is(watch("$in/nothing/here", mode => 'gone', stable_for => 0)->code, 0, 'what never was is gone');
append("$in/lock.1", 'x');
$job = watch("$in/lock.*", mode => 'gone', stable_for => '2 s');
$job->wait_for_packet(qr/waiting for 1/);
unlink "$in/lock.1";
$job->wait_for_packet(qr/^progress 0 gone, if it stays so for 2 s$/);
append("$in/lock.3", 'x');
still_waiting($job, 'gone for a moment is not gone');
unlink "$in/lock.3";
is($job->code, 0, 'gone for good is');
SKIP:
{
	skip 'root enters every folder', 3 if $> == 0;
	mkdir "$in/closed";
	append("$in/closed/file", 'x');
	chmod 0, "$in/closed";
	$job = watch("$in/closed/file", mode => 'gone', stable_for => 0, interval => '200 ms');
	$job->wait_for_packet(qr/^progress 0 cannot .*Permission denied/);
	still_waiting($job, 'what cannot be looked at is not gone');
	is(scalar(() = $job->out =~ /cannot look|cannot open/g), 1, 'which is told once');
	chmod 0700, "$in/closed";
	unlink "$in/closed/file";
	is($job->code, 0, 'until it can');
}

# ---- keeps its hands off

$in = folder();
append("$in/feed.csv", 'x');
chmod 0, "$in/feed.csv";
is(watch("$in/feed.csv", stable_for => 0)->code, 0, 'a file that may not be read');
mkfifo("$in/pipe", 0666);
like(watch_briefly("$in/pipe")->out, qr/\Awaiting.*\nended by a signal while waiting\n\z/, 'a pipe is not opened, and is no file');

# How often the process has waited and been woken
sub woken { my ($run) = @_; return (read_file("/proc/@{[ $run->pid ]}/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m)[0] }

# A folder in which somebody is very busy
$in = folder();
$job = watch("$in/feed.csv", min_size => '1 GB');
$job->wait_for_packet(qr/waiting for/);
my $woken = woken($job);
my $until = time + 1.5;
while (time < $until) { append("$in/feed.csv", 'x'); append("$in/other", 'x'); unlink "$in/other" }
$woken = woken($job) - $woken;
cmp_ok($woken, '<', 100, "a busy folder is heard a few times a second (woken $woken times in 1.5 s)");
$job->signal('TERM');
is($job->code, 143, 'SIGTERM ends it cleanly');
like($job->out, qr/ended by a signal while waiting\n\z/, 'which is told');
is(watch_briefly("$in/nothing")->code, 143, 'also while nothing is there');

# ---- mistakes

sub mistake
{
	my ($pattern, $what, %settings) = @_;
	my $run = run([ runner('file_watch') ], settings => { path => '/nothing/here', stable_for => 0, %settings });
	is($run->code, 78, "$what: refused");
	like($run->err, $pattern, "$what: and said");
	return;
}
mistake(qr/"path" is missing/, 'no path', path => undef);
mistake(qr/not the absolute path of a file/, "path '$_'", path => $_) for 'feed.csv', '', '/', '/in/', './feed.csv', 'secret:path';
mistake(qr/unrecognized setting "patth"/, 'a typing mistake', patth => 'x');
mistake(qr/"mode" is exists or gone/, 'mode', mode => 'created');
mistake(qr/"min_size" means nothing/, 'a size of what is gone', mode => 'gone', min_size => 1);
mistake(qr/"min_size" has an unknown unit/, 'a unit of size', min_size => '3 chunks');
mistake(qr/"stable_for" is out of range/, 'a negative time', stable_for => '-1 s');
mistake(qr/"interval" is shorter than 100 ms/, 'no interval', interval => 0);
mistake(qr/"stable_for": string expected/, 'a type', stable_for => []);
is(run([ runner('file_watch'), '--probe' ])->code, 0, 'the probe');
is(run([ runner('file_watch'), '--prone' ])->code, 64, 'an unknown option');
is(run([ runner('file_watch') ], settings => { path => "$in/feed.csv", stable_for => 0 }, node => 0)->code, 0, 'nobody listens');
done_testing();
