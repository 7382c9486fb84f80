# The business guide is what happens: each of its statements is run, in order, by somebody who may no more than business
# users may; errors, details and hints are those of the page. Where a hint is a statement, or a text to be written instead,
# it works as it stands.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
sql($node, <<'SQL');
create role trading;
create role alice login in role jobgrid_business, trading;
insert into jobgrid.team (name, database_role) values ('trading', 'trading');
select jobgrid.define_job('load', kind => 'noop', owner_team => 'trading');
insert into jobgrid.schedule (job, schedule) values ('load', 'every weekday at 07:30');
select jobgrid.define_job('risk report', kind => 'noop', owner_team => 'trading', parameter_schema => '{
    "region": {"type": "string", "required": true, "enum": ["EU", "US"]}, "day": {"type": "date"},
    "limit": {"type": "number", "minimum": 0, "default": 1000}}');
insert into jobgrid.calendar (name, tenant, owner_team) values ('London', 'default', 'trading');
SQL

# Statements with the error that follows each, of one fenced block.
sub statements
{
	my ($block) = @_;
	my @found;
	for my $line (split /\n/, $block)
	{
		if ($line =~ /^=> (.*)$/) { push @found, { sql => $1 } }
		elsif ($line =~ /^(ERROR|DETAIL|HINT):  (.*)$/) { $found[-1]{ lc $1 } = $2 }
		else { die "what is this in the guide: $line" }
	}
	return @found;
}

# A hint that can be used as it stands: a statement, or the text of a schedule.
sub mended
{
	my ($statement) = @_;
	my $hint = $statement->{hint} // return;
	return $1 if $hint =~ /((?:SELECT|UPDATE|INSERT) .*;)$/;
	if ($hint =~ /^(?:Did you mean|For example): ([^"].*)$/)
	{
		my $text = $1;
		return $statement->{sql} =~ s/schedule = '[^']*'/schedule = '$text'/r;
	}
	if ($hint =~ /^Did you mean "(.*)"\?$/)
	{
		my $name = $1;
		return $statement->{sql} =~ s/'(?:laod|Londn)'/'$name'/r =~ s/"regoin"/"$name"/r;
	}
	return;
}

my $guide = slurp_file('docs/business-guide.md');
my ($mistakes, $usable) = (0, 0);
while ($guide =~ /^```\n(.*?)^```$/msg)
{
	my @block = statements($1);
	if ($block[0]{sql} =~ /^(?:BEGIN|SET) ?/)
	{
		my $text = join "\n", map { $_->{sql} } @block;
		my ($code, undef, $stderr) = $node->psql('jobgrid', $text, extra_params => [ '-U', 'alice' ]);
		is($code, 0, 'statements of one session') or diag $stderr;
		next;
	}
	for my $statement (@block)
	{
		my $error = error_of($node, $statement->{sql}, user => 'alice');
		is($error->{message}, $statement->{error}, $statement->{sql});
		next if !defined $statement->{error};
		$mistakes++;
		is($error->{hint}, $statement->{hint}, '  its hint');
		is($error->{detail}, $statement->{detail}, '  its detail') if $statement->{detail};
		my $mend = mended($statement) // next;
		$usable++;
		# A job that was misspelt has its schedule by now; the right name is what the hint was about.
		$mend =~ s/\(job, schedule\) VALUES \('load'/(job, name, schedule) VALUES ('load', 'another'/;
		my ($code, undef, $stderr) = $node->psql('jobgrid', "begin; $mend; rollback", on_error_die => 0, on_error_stop => 1,
			extra_params => [ '-U', 'alice' ]);
		is($code, 0, "  which works: $mend") or diag $stderr;
	}
}
cmp_ok($mistakes, '>=', 25, "$mistakes mistakes are explained");
cmp_ok($usable, '>=', 22, "$usable hints can be used as they stand");

done_testing();
