package boxofficeapi

import (
	"context"

	"example.com/portico/adapters/internal/timezone"
	"example.com/portico/adapters/rest"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
)

func (b *boxOffice) CreateShow(ctx context.Context, r CreateShowRequestObject) (CreateShowResponseObject, error) {
	spec, err := specOf(*r.Body)
	if err != nil {
		return nil, err
	}
	sh, err := b.useCases.CreateShow.Handle(ctx, inbound.CreateShow{Actor: rest.ActorOf(ctx), Spec: spec})
	if err != nil {
		return nil, err
	}
	return CreateShow201JSONResponse{
		Body:    showOf(sh),
		Headers: CreateShow201ResponseHeaders{Location: basePath + "/shows/" + string(sh.ID())},
	}, nil
}

func (b *boxOffice) OpenShow(ctx context.Context, r OpenShowRequestObject) (OpenShowResponseObject, error) {
	sh, err := b.useCases.OpenShow.Handle(ctx, inbound.OpenShow{Actor: rest.ActorOf(ctx), Show: show.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return OpenShow200JSONResponse(showOf(sh)), nil
}

func (b *boxOffice) CancelShow(ctx context.Context, r CancelShowRequestObject) (CancelShowResponseObject, error) {
	sh, err := b.useCases.CancelShow.Handle(ctx, inbound.CancelShow{Actor: rest.ActorOf(ctx), Show: show.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return CancelShow202JSONResponse(showOf(sh)), nil
}

func (b *boxOffice) GetShow(ctx context.Context, r GetShowRequestObject) (GetShowResponseObject, error) {
	sh, err := b.useCases.GetShow.Handle(ctx, inbound.GetShow{Actor: rest.ActorOf(ctx), Show: show.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return GetShow200JSONResponse(showOf(sh)), nil
}

func (b *boxOffice) ListShows(ctx context.Context, r ListShowsRequestObject) (ListShowsResponseObject, error) {
	after, err := rest.ParseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	page, err := b.useCases.ListShows.Handle(ctx, inbound.ListShows{
		Actor: rest.ActorOf(ctx),
		Text:  r.Params.Q,
		After: show.ID(after),
		Limit: r.Params.Limit,
	})
	if err != nil {
		return nil, err
	}
	return ListShows200JSONResponse{Items: each(page.Items, showSummaryOf), NextCursor: rest.EncodeCursor(page.Next)}, nil
}

func specOf(n NewShow) (show.Spec, error) {
	zone, err := timezone.Load(n.TimeZone)
	if err != nil {
		var c invalid.Collector
		c.Add("timeZone", "%q is not the IANA name of a time zone", n.TimeZone)
		return show.Spec{}, c.Err()
	}
	return show.Spec{
		Title:    n.Title,
		Venue:    n.Venue,
		StartsAt: n.StartsAt,
		TimeZone: zone,
		Currency: n.Currency,
		Tiers:    each(n.Tiers, func(t NewTier) show.TierSpec { return show.TierSpec(t) }),
		Rows:     each(n.Rows, func(r Row) show.Row { return show.Row(r) }),
	}, nil
}

func showSummaryOf(s show.Summary) ShowSummary {
	return ShowSummary{
		ID:            string(s.ID),
		Title:         s.Title,
		Venue:         s.Venue,
		StartsAt:      s.StartsAt,
		LocalStartsAt: s.StartsAt.In(s.TimeZone),
		TimeZone:      s.TimeZone.String(),
		Currency:      s.Currency.String(),
		Organisation:  string(s.Organisation),
		Status:        ShowStatus(s.Status.String()),
		SeatCount:     s.Seats,
		CreatedAt:     s.CreatedAt,
	}
}

func showOf(sh *show.Show) Show {
	plan, s := sh.Plan(), showSummaryOf(sh.Summary())
	return Show{
		ID: s.ID, Title: s.Title, Venue: s.Venue, StartsAt: s.StartsAt, LocalStartsAt: s.LocalStartsAt, TimeZone: s.TimeZone,
		Currency: s.Currency, Organisation: s.Organisation, Status: s.Status, SeatCount: s.SeatCount, CreatedAt: s.CreatedAt,
		Tiers: each(plan.Tiers(), func(t show.Tier) Tier { return Tier{Name: t.Name, Price: moneyOf(t.Price)} }),
		Rows:  each(plan.Rows(), func(r show.Row) Row { return Row(r) }),
	}
}
