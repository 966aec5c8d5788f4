"""What ping says, and whether that is well."""
import re


def check_answered(output, lost=1):
    """Fails if the output of "ping -i 0.02" tells of packets that were not
    answered, but for 'lost' in each hundred (a busy machine loses one now and
    then by itself), and never two in a row: that is a gap.  Those on their
    way at the end do not count."""
    answered = {int(n) for n in re.findall(r"bytes from .* icmp_seq=(\d+)",
                                           output)}
    assert answered, output
    missing = sorted(set(range(1, max(answered))) - answered)
    what = "not answered: %s of %d" % (missing, max(answered))
    assert len(missing) <= lost * (1 + max(answered) // 100), what
    assert not any(b == a + 1 for a, b in zip(missing, missing[1:])), what
