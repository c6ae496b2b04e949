//! After convergence, a pass makes zero writes, and `diff` prints nothing.

use evenkeel::render::style::Style;
use evenkeel::render::summary::Summary;
use evenkeel::render::text;

use crate::support::lab::{Lab, in_virtual_time, shop};

#[test]
fn law_1_a_converged_shop_is_quiet() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        lab.converge(&desired).await;
        let before = lab.writes();
        let (observed, plan) = lab.look(&desired).await;
        let (_, execution) = lab.pass(&desired).await;
        assert_eq!(execution.done(), 0);
        assert_eq!(lab.writes(), before);
        assert_eq!(text::plan(&plan, &Summary::of(&desired, &plan), &observed.scope, Style::plain()), "");
    });
}
