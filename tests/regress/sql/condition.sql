-- What docs/conditions.md shows. The marks of an error are in their place below the text.
select native, autosys, note from jobgrid.parse_condition('success(load) AND v(market)=OPEN', 'autosys');
select native, note from jobgrid.parse_condition('2 of (succeeded(a), succeeded(b), skipped(c))');
select jobgrid.parse_condition('succeeded(load) and faild(check) && ended("my job")');
